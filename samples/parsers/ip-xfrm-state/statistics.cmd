ip -s xfrm state
