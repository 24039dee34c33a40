"""Reads the metadata blocks that several containers embed: EXIF, XMP, IPTC, ID3, C2PA, stealth text."""
