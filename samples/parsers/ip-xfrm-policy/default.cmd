ip xfrm policy getdefault
