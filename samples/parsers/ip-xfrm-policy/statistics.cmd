ip -s xfrm policy
