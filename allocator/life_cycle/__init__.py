"""What time does to a person's money: needs, human capital, the risky share, retirement."""
