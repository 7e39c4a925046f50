ip6tables-legacy -S
