ss -Oaieum
