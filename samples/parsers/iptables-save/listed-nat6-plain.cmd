ip6tables -t nat -S
