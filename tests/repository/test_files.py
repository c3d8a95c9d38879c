# SPDX-License-Identifier: Apache-2.0
"""Licences, placeholders, READMEs, and entries of the top level."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    ".ci",
    ".clang-format",
    ".clang-tidy",
    ".gitignore",
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CMakePresets.json",
    "CODEOWNERS",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "clients",
    "core",
    "docker",
    "proto",
    "server",
    "tests",
}
LICENSED = {".cc", ".h", ".proto", ".py", ".ts", ".sh", ".yaml"}


def _tracked():
    listing = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [pathlib.Path(line) for line in listing.splitlines()]


def test_sources_name_their_licence():
    missing = [
        str(path)
        for path in _tracked()
        if path.suffix in LICENSED
        and (ROOT / path).exists()
        and "SPDX-License-Identifier: Apache-2.0"
        not in (ROOT / path).read_text()[:300]
    ]
    assert not missing


def test_the_top_level_holds_only_what_it_should():
    assert {path.parts[0] for path in _tracked()} == TOP_LEVEL


def test_documents_have_no_placeholders_left():
    left = {
        str(path): found
        for path in _tracked()
        if path.suffix == ".md"
        and (ROOT / path).exists()
        and (found := re.findall("@[A-Z]+@", (ROOT / path).read_text()))
    }
    assert not left


def _folders_of_sources():
    return {
        str(path.parent)
        for path in _tracked()
        if path.parts[0] in ("core", "server") and path.suffix in (".h", ".cc")
    }


def test_every_folder_that_people_enter_has_a_readme():
    for folder in (
        ".",
        *sorted(_folders_of_sources()),
        "clients/networks",
        "clients/python",
        "clients/examples/node",
        "docker",
        "proto",
        "tests",
        "tests/benchmark",
        "tests/chaos",
        "tests/fuzz",
    ):
        assert (ROOT / folder / "README.md").is_file(), folder


# A path from the root, in a text: "core/step.{h,cc}".
PATH = re.compile(
    r"(?<![\w./-])(?:core|server|tests|clients|proto|docker)/"
    r"[\w./-]+\.(?:\{[\w,]+\}|h\b|cc\b|md\b|py\b|proto\b)"
)
# A link without a scheme: "[core](../README.md#time)".
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")


def _expanded(path):
    """Returns the paths that a path with one {a,b} stands for."""
    stem, brace, rest = path.partition("{")
    ends, _, tail = rest.partition("}")
    return [stem + end + tail for end in ends.split(",")] if brace else [path]


def _anchors(text):
    """Returns the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def _broken(readme):
    """Returns the paths and links of a document that don't exist."""
    text = readme.read_text()
    for path in PATH.findall(text):
        for one in _expanded(path):
            if not (ROOT / one).is_file():
                yield one
    for link, anchor in LINK.findall(text):
        target = readme.parent / link if link else readme
        if not target.exists() or (
            anchor
            and target.suffix == ".md"
            and anchor not in _anchors(target.read_text())
        ):
            yield f"{link}#{anchor}" if anchor else link


def test_readmes_name_files_that_exist():
    readmes = [
        ROOT / "README.md",
        *(ROOT / "core").rglob("*.md"),
        *(ROOT / "server").rglob("*.md"),
    ]
    assert len(readmes) > len(_folders_of_sources())
    found = {
        str(readme.relative_to(ROOT)): broken
        for readme in readmes
        if (broken := list(_broken(readme)))
    }
    assert not found


def test_a_broken_link_is_found(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(
        "# Two words: `x`\n[a](README.md#two-words-x) [b](#two) [c](gone.md)\n"
        "`core/step.{h,cc}` `core/step.{h,py}` `server/gone.h` in gone.h\n"
    )
    assert list(_broken(readme)) == [
        "core/step.py",
        "server/gone.h",
        "#two",
        "gone.md",
    ]


def test_code_in_the_guide_is_code_of_the_core():
    guide = (ROOT / "core" / "README.md").read_text()
    sources = "\n".join(
        path.read_text() for path in (ROOT / "core").rglob("*.cc")
    )
    squeezed = " ".join(sources.split())
    blocks = re.findall(r"```cpp\n(.*?)```", guide, re.DOTALL)
    assert blocks
    for block in blocks:
        assert " ".join(block.split()) in squeezed, block
