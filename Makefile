# Every target makes the environment that it needs; on a fresh machine one command is enough.
# Python 3.11 or newer is needed: make PYTHON=python3.12 ... uses another one than python3.

PYTHON ?= python3
PIP = -m pip -qq --disable-pip-version-check install

.PHONY: demo docs test test-lowest test-wheel coverage mutate peers bench studies engines lint dist clean

demo: .venv/demo  ## a year of flights at a tenth of the one-hot size
	.venv/bin/python examples/quickstart.py

test: .venv/dev  ## tests and doctests, warnings as errors
	.venv/bin/python -m pytest -n auto --dist loadgroup

test-lowest: .venv-lowest/dev  ## the tests at the lowest supported versions
	.venv-lowest/bin/python -m pytest -n auto --dist loadgroup tests

# The wheel in an environment with its required dependencies only, and the tests of the sdist in a folder of their
# own, without the modules of the checkout, which would be imported in place of the installed ones.
test-wheel: dist  ## the wheel, without pyarrow, polars and the other extras, by the tests of the sdist
	rm -rf .venv-wheel build/sdist
	@$(MAKE) .venv-wheel/made
	.venv-wheel/bin/python $(PIP) dist/*.whl --group bare
	mkdir -p build/sdist
	tar -xzf dist/*.tar.gz -C build/sdist --strip-components 1
	find build/sdist/hybrid_encoder -name '*.py' -delete
	cd build/sdist && $(WHEEL) -c 'import hybrid_encoder as h; assert "/.venv-wheel/" in h.__file__, h.__file__'
	cd build/sdist && $(WHEEL) -m pytest -n auto --dist loadgroup tests
	cd build/sdist && $(WHEEL) -m pytest -c pyproject.toml --pyargs hybrid_encoder --doctest-ignore-import-errors

WHEEL = ../../.venv-wheel/bin/python

# NVTabular needs Python 3.11 and a separate environment; on a newer Python only the other encoders are installed.
peers: .venv-bench/dev  ## the encoders that the guide and the benchmarks compare with
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || $(MAKE) .venv-nvtabular/dev

# DATA=FOLDER is the folder of loans.parquet, if available.
bench: peers  ## speed and memory beside other encoders
	.venv-bench/bin/python benchmarks/run.py $(if $(DATA),--data $(DATA)) \
		$$(test -e .venv-nvtabular/dev && echo --nvtabular .venv-nvtabular/bin/python)

# DATA=FOLDER is the folder of loans.parquet and online_retail.parquet, if available. The studies take two hours
# on two cores; each command runs in a minute with --quick.
studies: .venv/dev  ## quality: collisions, defaults, importance, the paper's experiments, streams
	.venv/bin/python benchmarks/collisions.py $(if $(DATA),--data $(DATA))
	.venv/bin/python benchmarks/study_defaults.py $(if $(DATA),--data $(DATA))
	.venv/bin/python benchmarks/study_leakage.py $(if $(DATA),--data $(DATA))
	.venv/bin/python benchmarks/paper.py $(if $(DATA),--data $(DATA))
	.venv/bin/python benchmarks/study_drift.py $(if $(DATA),--data $(DATA))
	.venv/bin/python benchmarks/counting.py $(if $(DATA),--data $(DATA))

# Twenty minutes on two cores.
engines: .venv/dev  ## speed and memory of Dask, Spark, ONNX, saved files and serving
	.venv/bin/python benchmarks/dask_scale.py
	.venv/bin/python benchmarks/spark_scale.py
	.venv/bin/python benchmarks/onnx_serving.py $(if $(DATA),--data $(DATA))
	.venv/bin/python benchmarks/saving.py
	.venv/bin/python benchmarks/serving.py

coverage: .venv/dev  ## the tests, and the lines and branches that they do not run; fails under 95 %
	.venv/bin/python -m pytest -n auto --dist loadgroup --cov

# A thousand small changes to hashing, vocabulary, layout and CSR, in five minutes on two cores. Changes that no
# test detects are listed; they should change speed or nothing (`.venv-mutate/bin/mutmut show NAME`).
mutate: .venv-mutate/dev  ## changes to the core that no test detects
	rm -rf mutants
	.venv-mutate/bin/mutmut run
	.venv-mutate/bin/mutmut results

# Types are checked for Python 3.11. On a newer Python the stubs of NumPy need the syntax of Python 3.12.
lint: .venv/dev  ## style, types and docstrings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $$(.venv/bin/python -c 'import sys; print("--python-version=3.12" if sys.version_info >= (3, 12) else "")')
	.venv/bin/python -m numpydoc.cli lint hybrid_encoder/*.py hybrid_encoder/*/*.py
	.venv/bin/validate-pyproject pyproject.toml
	.venv/bin/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

# The wheel is built from the sdist, as an installer may do.
dist: .venv-dist/dev  ## wheel and sdist, checked, into dist/
	rm -rf dist
	.venv-dist/bin/python -m build
	.venv-dist/bin/twine check --strict dist/*
	.venv-dist/bin/python -m pytest release

# The examples run too, in two minutes; make docs GALLERY=0 skips them.
GALLERY ?= 1

docs: .venv/dev  ## the site, warnings as errors; open build/site/index.html
	rm -rf build/site docs/gallery docs/api/used_in docs/api/hybrid_encoder.*
	.venv/bin/python -m sphinx --fail-on-warning --keep-going --quiet -D plot_gallery=$(GALLERY) docs build/site

clean:
	rm -rf .venv .venv-lowest .venv-wheel .venv-dist .venv-mutate .venv-bench .venv-nvtabular mutants build dist docs/gallery docs/api/used_in docs/api/hybrid_encoder.*

.venv/demo: pyproject.toml | .venv/made
	@echo "installing what the demo needs ..."
	@.venv/bin/python $(PIP) --editable ".[arrow,plot]"
	@touch $@

.venv/dev: pyproject.toml | .venv/made
	@echo "installing what development needs ..."
	@.venv/bin/python $(PIP) --editable . --group dev
	@touch $@

.venv-lowest/dev: pyproject.toml tests/lowest.txt | .venv-lowest/made
	@echo "installing the lowest supported versions ..."
	@.venv-lowest/bin/python $(PIP) --editable . --group test --group engines --group examples \
		--constraint tests/lowest.txt
	@touch $@

.venv-dist/dev: pyproject.toml | .venv-dist/made
	@echo "installing what builds and checks a release ..."
	@.venv-dist/bin/python $(PIP) --group dist
	@touch $@

.venv-mutate/dev: pyproject.toml | .venv-mutate/made
	@echo "installing what mutation needs ..."
	@.venv-mutate/bin/python $(PIP) --editable . --group mutate
	@touch $@

.venv-bench/dev: pyproject.toml | .venv-bench/made
	@echo "installing the peers ..."
	@.venv-bench/bin/python $(PIP) --editable . --group bench
	@touch $@

.venv-nvtabular/dev: benchmarks/nvtabular.txt | .venv-nvtabular/made
	@echo "installing NVTabular ..."
	@.venv-nvtabular/bin/python $(PIP) "pip<24"
	@.venv-nvtabular/bin/python $(PIP) -r benchmarks/nvtabular.txt
	@touch $@

# On Debian the module venv is in a separate package.
%/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "hybrid_encoder needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@echo "making the environment $* ..."
	@$(PYTHON) -m venv $* >/dev/null 2>&1 \
		|| { apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $*; } \
		|| { echo "Python's venv is missing: apt-get install python3-venv"; rm -rf $*; exit 1; }
	@$*/bin/python $(PIP) --upgrade "pip>=25.1"
	@touch $@
