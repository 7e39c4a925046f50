ip -j netconf
