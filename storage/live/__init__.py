"""Live calls: callers who wait for a person, who is offered them, who sits in their conference.

A talk's state moves only by statements that name the state it must have now, so that of two who want the same thing one
is told that the other was quicker. Whatever must follow at the carrier is not written down as a deed but as a wish in
these rows, with an order to the worker to bring the carrier into line with them: an order may come twice or late.
"""
