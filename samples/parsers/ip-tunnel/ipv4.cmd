ip -s tunnel show
