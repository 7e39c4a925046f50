ip -j -p netconf
