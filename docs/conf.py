"""The site: Markdown pages, the API from the docstrings, and a gallery of the examples, which are run.

``make docs`` builds it into build/site, with warnings as errors. The pages can also be read in the
repository, so their links are paths of files. `ELSEWHERE` changes links to files outside this folder.
"""

import re
import warnings
from pathlib import Path

from sphinx.application import Sphinx
from sphinx_gallery.sorting import ExplicitOrder

import hybrid_encoder

ROOT = Path(__file__).parents[1]

# Examples without a page: the demo, because another page plots its table; Spark, because it needs Java.
NO_PAGES = "quickstart|spark_click_model"

# The examples with a page, in the order of the gallery.
PAGES = [
    "how_many_columns.py",
    "which_importance.py",
    "coverage_and_collisions.py",
    "tune_the_encoder.py",
    "new_values.py",
    "encode_baskets.py",
    "month_by_month.py",
    "embeddings_with_torch.py",
    "serve_over_http.py",
    "serve_with_onnx.py",
]

project = "hybrid_encoder"
author = "the hybrid_encoder developers"
project_copyright = f"2026, {author}. BSD 3-Clause licence"
release = version = hybrid_encoder.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
default_role = "literal"

# Markdown. Links to headings work as in the repository.
myst_heading_anchors = 3
# A line of prose may begin with "%".
myst_disable_syntax = ["myst_line_comment"]
myst_enable_extensions = ["colon_fence", "attrs_inline"]

# The API: a page for each public name. In notebooks the "?" of the estimator is a link to its page.
autosummary_generate = True
autodoc_typehints = "none"
autodoc_preserve_defaults = True
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False

# The copy button leaves out the prompts and the output.
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# A FutureWarning in an example, or an example that raises an error, fails the build.
warnings.filterwarnings("error", category=FutureWarning)
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "within_subsection_order": ExplicitOrder(PAGES),
    "filename_pattern": r"/\w+\.py$",
    "ignore_pattern": rf"({NO_PAGES})\.py",
    "backreferences_dir": "api/used_in",
    "doc_module": ("hybrid_encoder",),
    "abort_on_example_error": True,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "download_all_examples": False,
}

MARK = "_static/mark.svg"
html_theme = "pydata_sphinx_theme"
html_title = f"hybrid_encoder {release}"
html_baseurl = "https://hybrid-encoder.readthedocs.io/en/stable/"
html_static_path = ["_static"]
html_extra_path = ["how_it_works.svg"]
html_css_files = ["site.css"]
html_favicon = MARK
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"image_light": MARK, "image_dark": MARK, "text": "hybrid_encoder"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version", "theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"get_started": [], "paper": [], "changelog": [], "security": [], "contributing": []}

# Files outside docs/, as patterns, and their pages on the site.
ELSEWHERE = {
    r"README\.md": "index.md",
    r"CHANGELOG\.md": "changelog.md",
    r"SECURITY\.md": "security.md",
    rf"examples/(?!({NO_PAGES})\.py)(\w+)\.py": r"gallery/\2.rst",
}


def on_the_site(link: str, page: Path) -> str:
    """Replace a link to a file outside docs/ by a link to its page on the site."""
    target = (page.parent / link.partition("#")[0]).resolve()
    if not target.is_relative_to(ROOT) or target.is_relative_to(ROOT / "docs"):
        return link
    path = target.relative_to(ROOT).as_posix()
    for pattern, place in ELSEWHERE.items():
        if re.fullmatch(pattern, path):
            return "/" + re.sub(pattern, place, path)
    return link


def suit_the_site(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace the links of a page, and remove the empty line at the end of its doctests."""
    page = Path(app.env.doc2path(name))
    if page.suffix == ".md":
        text = re.sub(
            r"(?<=\]\()[^\s()<>:]+(?=\))", lambda link: on_the_site(link.group(), page), source[0]
        )
        # For pytest a doctest ends only at an empty line.
        source[0] = re.sub(
            r"^(```python\n>>> (?:(?!^```).)*?)\n\n```$", r"\1\n```", text, flags=re.M | re.S
        )


def setup(app: Sphinx) -> None:
    """Register the function that changes the pages."""
    app.connect("source-read", suit_the_site)
