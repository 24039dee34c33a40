"""What a media file says about its making."""
