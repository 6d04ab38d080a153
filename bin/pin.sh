# The versions in constraints.txt.

run_pin() { # keeps the versions that are there, unless told to --upgrade
  local folder about
  make_environment
  pip install uv
  about=$(grep '^#' constraints.txt)
  {
    echo "-e .[dev]"
    for folder in $(all_packages); do echo "-e plugins/$folder"; done
    # What builds the packages, what stands in for Pillow, and what chooses the versions.
    printf '%s\n' pip setuptools hatchling editables cffi pkgconfig pybind11 pillow-simd uv
  } | .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
    --output-file constraints.txt "$@" - >/dev/null
  { echo "$about"; sed '/^#/d; /^-e /d; /win32/d; s/ ; .*PyPy.*//; s/ ; implementation_name.*//' constraints.txt; } >constraints.txt.new
  mv constraints.txt.new constraints.txt
}
