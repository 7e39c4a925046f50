curl -vk https://10.71.2.2:8080/
