route -een
