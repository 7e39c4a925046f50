ip6tables-legacy -L -nvx --line-numbers
