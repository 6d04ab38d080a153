# The pages that are written from the code, and their pictures.

run_docs() {
  refuse_arguments "$@"
  setup $(all_packages)
  .venv/bin/python -m docs._make.generate
  .venv/bin/python -m docs._make.include
  .venv/bin/python -m docs._make.pictures
}

run_gallery() {
  setup $(all_packages)
  exec .venv/bin/python -m docs._make.gallery "$@"
}
