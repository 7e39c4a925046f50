ip -j -p netns
