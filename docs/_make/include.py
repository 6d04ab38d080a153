"""Puts tested code into the pages: what stands between `<!-- code: FILE -->` and `<!-- end -->`.

Run it as `./run docs`; a test fails when a page shows something else than its file.
"""

import re
from pathlib import Path

import click

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(<!-- code: (?P<path>\S+) -->\n)```(?P<language>\w*)\n.*?```\n(<!-- end -->)", re.DOTALL
)


def included(text: str) -> str:
    """Give a page with all its code blocks as the files are now."""

    def fill(match: re.Match[str]) -> str:
        code = (ROOT / match["path"]).read_text().rstrip()
        return f"{match[1]}```{match['language']}\n{code}\n```\n{match[4]}"

    return _BLOCK.sub(fill, text)


def pages() -> list[Path]:
    """Give all pages of the documentation."""
    return sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])


@click.command()
def main() -> None:
    """Fill the code blocks of all pages."""
    for page in pages():
        old = page.read_text()
        new = included(old)
        if new != old:
            page.write_text(new)
            click.echo(f"filled {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
