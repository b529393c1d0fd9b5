"""The machine: it begins runs, hands out items, settles them and moves on. It never rings the bell."""
