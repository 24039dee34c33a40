"""Graded pairs on which a remote embedding model is calibrated.

Each row is one subject in two wordings without a common word. The two texts of a row are related; texts of different
rows are unrelated.
"""

from __future__ import annotations

PAIRS: tuple[tuple[str, str], ...] = (
    ("tabby kitten asleep on a windowsill", "fluffy cat with whiskers, curled paws, napping feline"),
    ("golden retriever puppy chasing a ball", "happy dog running in the park, wagging tail"),
    ("snowy alpine peak above a glacier lake", "mountain landscape, rocky ridge, pine valley, morning mist"),
    ("neon lit cyberpunk street in the rain", "futuristic city at night, holograms, wet asphalt, androids"),
    ("armored knight with longsword and shield", "medieval warrior in plate mail, fantasy battle, castle"),
    ("red dragon breathing fire over a volcano", "winged scaled beast, flames, horns, lair with gold"),
    ("giant robot in a hangar", "mecha pilot, exosuit, thrusters, mechanical armor"),
    ("bowl of ramen with egg and scallions", "delicious noodle soup, chopsticks, restaurant food"),
    ("scandinavian living room with a grey sofa", "bright interior, wooden floor, lamps, cosy furniture"),
    ("vintage sports car on a coastal road", "fast automobile, alloy wheels, racing, speed"),
    ("astronaut walking on mars", "space explorer in helmet, red planet, rover, stars"),
    ("mermaid beside a coral reef", "underwater scene, fish, bubbles, ocean floor"),
    ("haunted mansion in fog, ghost at the window", "horror, graveyard, eerie darkness, undead"),
    ("brass clockwork automaton in a workshop", "steampunk machine, gears, goggles, victorian inventor"),
    ("runway model in a haute couture gown", "fashion editorial, elegant woman, silk dress, studio"),
    ("gothic cathedral with vaulted ceiling", "old church architecture, stone columns, arched windows"),
    ("1girl, school uniform, twintails, classroom", "anime student smiling, pleated skirt, blush"),
    ("watercolor of roses and peonies", "painted flowers, soft petals, botanical bouquet"),
    ("tropical beach with palm trees at noon", "turquoise sea, white sand, island holiday"),
    ("portrait of an old fisherman with a beard", "weathered elderly man, wrinkled face, sailor"),
    ("honey bee on a lavender blossom, extreme close up", "macro of an insect, compound eyes, pollen"),
    ("jazz saxophone player on a dim stage", "musician performing live, concert, spotlight"),
    ("wooden village in the middle ages, market day", "medieval town, peasants, thatched houses, cobblestones"),
    ("minimal fox logo, flat vector", "simple emblem design, geometric brand mark, icon"),
)
UNRELATED_DISTANCES = (5, 11)  # texts of rows with a distance in this range are compared as unrelated
