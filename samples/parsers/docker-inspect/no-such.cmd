docker inspect web
