"""The API for language models: `/llms.txt`, an index, and `/llms-full.txt`, everything."""
