ip -o xfrm policy
