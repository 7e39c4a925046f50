ip6tables-save
