ss -peaonmi
