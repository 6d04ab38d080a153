"""QR codes: tools of ashim."""
