ip xfrm policy
