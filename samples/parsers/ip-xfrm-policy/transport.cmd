ip xfrm policy list
