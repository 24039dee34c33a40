"""What people make of their files: tags, rules, ratings, albums, saved searches."""
