"""A simulated FreeSWITCH: an event socket, telephones that behave, the API commands of a CTI link.

It calls, rings, answers, holds, transfers attended, blind and by `att_xfer`, picks up, parks (`park` and valet slots),
has queues with agents (mod_callcenter), fifos and conferences, early media, directory users; it is asked what lives.
Not simulated: media, loopback channels.
"""
