"""The Messaging Service's own protocol (TMS), for CTI panels that know no other. See docs/telephony/tms.md."""
