// One pass over Arrow text that hashes, looks up and writes each cell in turn: what the work itself costs.
// It gives the same bits as transform, for columns of text without missing values.
#include <cstdint>
#include <cstring>
#include <vector>

struct Text {
    const int64_t *offsets;
    const uint8_t *bytes;
};

static inline uint32_t rotate(uint32_t x, int bits) { return (x << bits) | (x >> (32 - bits)); }

static inline uint32_t murmur3(const uint8_t *key, int64_t length, uint32_t seed) {
    uint32_t state = seed, block;
    for (int64_t i = 0; i < length / 4; i++) {
        std::memcpy(&block, key + 4 * i, 4);
        state ^= rotate(block * 0xCC9E2D51u, 15) * 0x1B873593u;
        state = rotate(state, 13) * 5 + 0xE6546B64u;
    }
    uint32_t rest = 0;
    for (int64_t i = length & ~3; i < length; i++) rest |= uint32_t(key[i]) << (8 * (i & 3));
    state ^= rotate(rest * 0xCC9E2D51u, 15) * 0x1B873593u;
    state ^= uint32_t(length);
    state = (state ^ (state >> 16)) * 0x85EBCA6Bu;
    state = (state ^ (state >> 13)) * 0xC2B2AE35u;
    return state ^ (state >> 16);
}

struct Column {
    Text head;
    int32_t start, n_slots, n_buckets;
    std::vector<int32_t> table;    // open addressing: a slot, or -1
    std::vector<uint32_t> hashes;  // of the slots
    uint32_t mask;
};

extern "C" {

Column *make_column(const int64_t *offsets, const uint8_t *bytes, int32_t start, int32_t n_slots, int32_t n_buckets,
                    uint32_t seed) {
    auto *column = new Column{{offsets, bytes}, start, n_slots, n_buckets, {}, {}, 0};
    uint32_t size = 4;
    while (size < 2 * uint32_t(n_slots)) size *= 2;
    column->mask = size - 1;
    column->table.assign(size, -1);
    column->hashes.assign(size, 0);
    for (int32_t slot = 0; slot < n_slots; slot++) {
        uint32_t hash = murmur3(bytes + offsets[slot], offsets[slot + 1] - offsets[slot], seed);
        uint32_t at = hash & column->mask;
        while (column->table[at] >= 0) at = (at + 1) & column->mask;
        column->table[at] = slot;
        column->hashes[at] = hash;
    }
    return column;
}

void free_column(Column *column) { delete column; }

int64_t encode(int64_t n_rows, int32_t n_columns, Column *const *columns, const Text *texts, uint32_t first_seed,
               uint32_t second_seed, double tail_weight, int64_t *indptr, int32_t *indices, double *data) {
    int64_t n = 0;
    for (int64_t row = 0; row < n_rows; row++) {
        for (int32_t c = 0; c < n_columns; c++) {
            const Column &column = *columns[c];
            const uint8_t *key = texts[c].bytes + texts[c].offsets[row];
            int64_t length = texts[c].offsets[row + 1] - texts[c].offsets[row];
            uint32_t hash = murmur3(key, length, first_seed);
            uint32_t at = hash & column.mask;
            int32_t slot;
            while ((slot = column.table[at]) >= 0) {
                const int64_t *bounds = column.head.offsets + slot;
                if (column.hashes[at] == hash && bounds[1] - bounds[0] == length &&
                    std::memcmp(column.head.bytes + bounds[0], key, length) == 0)
                    break;
                at = (at + 1) & column.mask;
            }
            if (slot >= 0) {
                indices[n] = column.start + slot;
                data[n++] = 1;
                continue;
            }
            uint32_t B = column.n_buckets, one = hash % B;
            uint32_t two = (one + 1 + murmur3(key, length, second_seed) % (B - 1)) % B;
            int32_t first_bucket = column.start + column.n_slots;
            indices[n] = first_bucket + int32_t(one < two ? one : two);
            data[n++] = tail_weight;
            indices[n] = first_bucket + int32_t(one < two ? two : one);
            data[n++] = tail_weight;
        }
        indptr[row + 1] = n;
    }
    return n;
}
}
