"""Speed and size, as ratios beside a floor that is measured in the same run, in turns."""
