ip6tables -t nat -n -L
