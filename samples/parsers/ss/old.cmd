ss -ani
