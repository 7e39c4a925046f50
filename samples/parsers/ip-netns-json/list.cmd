ip -j netns
