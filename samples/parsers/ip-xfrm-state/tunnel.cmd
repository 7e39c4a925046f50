ip xfrm state
