"""What tests share: machines, clocks, servers that misbehave, and samples."""
