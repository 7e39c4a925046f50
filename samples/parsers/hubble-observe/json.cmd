hubble observe -o json
