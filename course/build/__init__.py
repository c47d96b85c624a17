"""The build: a lesson on the library becomes an answer key and a notebook with holes.

`lesson` reads a day's lesson, `cutting` cuts holes in library code, `notebooks` makes both notebooks, `cut_tree` makes
the library that a candidate sees, `gates` holds every day to its promises, `rooms` opens a new day.
"""
