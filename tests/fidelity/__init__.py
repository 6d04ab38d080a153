"""A sweep over folders of pictures: what comes out differently than elsewhere, and what doesn't."""
