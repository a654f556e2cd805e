"""`trivsel import`: from a folder of CSV files to the registry, in steps.

contract.py   the files, their columns and what each may hold
problems.py   every error code and its mend, in Danish
reader.py     bytes to cells: encodings, delimiters, quotes; one bad row never takes its neighbours
rows.py       cells to clean values, or the fault of each field
survey.py     the whole set before anything is written: shape, keys, references, safety stop
units.py      districts, institutions, groups, staff and assignments into the database
people.py     guardians, children, custody and enrolments into the database, in batches
endings.py    what is no longer in a full set
run.py        the order of it all
"""
