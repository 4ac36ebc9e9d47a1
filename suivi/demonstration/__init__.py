"""The fictitious EPCI of the demo: data and pure functions that write its files, and their deposit through the real
import engine. Nothing here describes a real place, dwelling, body or household."""
