"""What inside applications share: their door, one's own account, and what keeps pages from others."""
