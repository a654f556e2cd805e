"""The registry: who the children are, who holds custody of them, where they are and who works there.

Owns       children, guardians and custody, districts, institutions, groups, staff, assignments,
           enrolments. CPR numbers are here alone, encrypted, and optional.
Publishes  child.recorded, institution.recorded, staff.recorded: whole snapshots without a name,
           so that any service can keep its own projection and rebuild it.
Handles    no events. Its data comes from the municipality's other systems through `trivsel import`.
Answers    look-ups by RPC, each authorised here and written to the access log with its purpose.
"""
