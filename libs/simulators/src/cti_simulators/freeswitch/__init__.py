"""A simulated FreeSWITCH: an event socket, telephones that behave, the API commands of a CTI link.

It calls, rings, answers, holds, transfers attended and blind, and is asked what is alive. Not simulated: media,
mod_callcenter beyond its tables, conferences, parking, loopback channels.
"""
