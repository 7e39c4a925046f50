dig @192.0.2.53 example.com AXFR +multiline +onesoa
