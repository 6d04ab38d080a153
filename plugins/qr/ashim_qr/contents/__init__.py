"""What people put into codes, and the texts by which scanners tell it apart."""
