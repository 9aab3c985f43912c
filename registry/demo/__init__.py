"""The demonstration: three employment areas with fictional people, whose days are played through the real commands."""
