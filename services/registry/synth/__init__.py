"""`trivsel synth`: an invented municipality of any size, as a folder that `trivsel import` takes.

Nobody in it can be anybody: names are drawn from lists, e-mail domains end in ``.example`` (RFC 2606),
phone numbers begin with 00 after the country code, which no Danish number does, the postcode 9999 is
not in use, and CPR numbers carry a month above 80 (see ``domain.TEST_MONTH``).

names.py     the lists, and what is made from a name
plan.py      a district: its institutions, groups and staff, and a seat for every child
families.py  families of siblings who take the seats, with their households and languages
write.py     the files; a district at a time, so any size fits in little memory
"""
