ip -6 rule list
