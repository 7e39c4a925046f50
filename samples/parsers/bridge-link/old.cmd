bridge link
