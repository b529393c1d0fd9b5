"""What follows a keyword in an English title, by voice; short to long, so that one always fits.

Rules for a new ending: it must read well after any keyword and a colon, promise only what the
outline delivers, and need neither singular nor plural.
"""

ENDINGS = {
    "guide": (
        "Guide", "Tips", "Basics", "A Guide", "Explained", "A Full Guide", "A Short Guide", "The Essentials",
        "A Practical Guide", "A Guide for Starters", "What You Need to Know", "A Guide for Beginners",
        "The Basics and Beyond", "A Clear, Practical Guide", "The Essentials, Explained Simply",
        "What Works, What to Avoid and Why", "What Matters and What to Leave Out",
        "A Practical Guide for Beginners", "What to Know Before You Start",
        "Where to Start and What to Avoid", "How It Works and Where to Start", "A Practical Guide From Start to Finish",
        "The Basics, the Steps and the Pitfalls", "What to Know, What to Do and What to Avoid",
        "What It Takes, Where to Start and What to Avoid",
    ),
    "buying": (
        "How to Pick", "How to Choose", "A Buying Guide", "How to Choose Well", "What to Look For",
        "A Practical Buying Guide", "What to Check Before Buying", "What to Know Before You Buy",
        "How to Choose and What to Pay", "How to Choose the Right Option", "What to Look For Before You Buy",
        "A Buying Guide With Honest Prices", "What Matters, What to Pay and What to Skip",
        "What to Look For, What to Pay, What to Avoid",
    ),
    "buying-thing": (
        "Sizes, Materials and Prices", "A Buying Guide With Prices and Features", "Sizes, Features and Fair Prices",
        "How to Compare Features, Sizes and Prices", "A Buying Guide to Features, Quality and Price",
    ),
    "buying-living": (
        "Varieties and Prices", "How to Choose Healthy Ones", "Varieties, Prices and When to Buy",
        "Where to Buy and What to Check", "Varieties, Quality and the Right Season",
        "How to Choose, When to Buy, What to Pay",
    ),
    "buying-supply": (
        "What Is In It", "What to Buy, How Much", "Which One and How Much", "How Much You Need and What to Pay",
        "Which Kind, How Much and What to Pay",
    ),
    "buying-digital": (
        "Features and Prices", "Functions, Prices and Limits", "Features, Prices and Free Options",
        "How to Choose, What to Pay, What Is Free",
    ),
    "service": (
        "The Costs", "What to Expect", "What Is Included", "Costs and What to Ask", "Costs, Steps and Timing",
        "What Is Included and Costs", "How to Choose and What to Pay", "Costs, Steps and How to Choose",
        "What Is Included and What to Pay", "When to Call and What to Pay",
        "Costs, What Is Included and What to Ask", "What to Expect, What to Ask and What to Pay",
    ),
    "cost": (
        "A Price Guide", "What You Will Pay", "What to Expect to Pay", "What You Pay, and for What",
        "Prices and How to Save", "What You Will Pay and Why", "Typical Prices and Ways to Save",
        "What Drives It and How to Save", "Typical Prices, Extras and Ways to Save",
        "What You Will Pay, and What Drives It", "Typical Prices, What Drives Them, How to Save",
    ),
    "remedy": (
        "How to Use", "Uses and Limits", "Uses and Amounts", "Uses, Limits and Safety", "Uses, Amounts and Safety",
        "What Works and What Does Not", "Uses, Amounts, Limits and Safety", "What Helps, How Much and How Often",
        "What Works, How Much and What to Avoid", "Uses, Amounts, Safety and Common Mistakes",
        "What Works, What Does Not and What Is Safe",
    ),
    "lookup": (
        "How to Use It", "How to Read It", "How to Read and Use It", "How to Use It Well and When",
        "How to Read It and Use It Well", "What It Tells You and How to Use It", "How to Use It, With a Worked Example",
        "What It Tells You and What It Does Not",
    ),
    "lookup-own": (
        "How to Find Out", "How to Find Yours", "Where to Look", "How to Find and Use It", "How to Find the Answer",
        "How to Find Yours and Use It", "Where to Look and What It Means", "How to Find It and What It Means",
        "How to Find Yours, and What It Tells You",
    ),
    "problem": (
        "Fixes", "Causes", "The Fix", "How to Fix It", "Causes and Cures", "Causes and Fixes", "Causes and Solutions",
        "Why, and How to Fix It", "What to Do and When", "Causes, Fixes and Prevention",
        "Likely Causes and How to Fix Them", "How to Find the Cause and Fix It",
        "Signs, Causes, Fixes and Prevention", "How to Find the Cause, Fix It and Prevent It",
        "What Causes It, How to Fix It and How to Prevent It",
    ),
    "how-to": (
        "A Guide", "The Steps", "Easy Steps", "Step by Step", "Simple Steps", "A Simple Method", "A Beginner's Guide",
        "A Step-by-Step Guide", "Steps, Tools and Tips", "Clear Steps for Beginners",
        "Tools, Steps and Common Mistakes", "A Step-by-Step Guide for Beginners", "What You Need and How It Is Done",
        "Step by Step, With the Mistakes to Avoid", "Every Step, From Preparation to Aftercare",
        "A Step-by-Step Guide From Start to Finish",
    ),
    "comparison": (
        "Compared", "Which Wins?", "Key Differences", "Which to Choose?", "Which Is Better?", "Pros, Cons and Costs",
        "Which Is Right for You?", "Differences, Pros and Cons", "Which One Should You Choose?",
        "Differences, Costs and Best Uses", "An Honest Side-by-Side Comparison",
        "Differences, Costs and Which to Choose", "What Sets Them Apart and Which to Choose",
    ),
    "list": (
        "Picks", "Our List", "Top Picks", "A Shortlist", "Good Choices", "Our Shortlist", "The Best Choices",
        "Choices Compared", "Picks Worth a Look", "Our Picks Compared", "Good Choices and Why",
        "Choices and How to Pick",
        "Options and How to Choose", "Good Choices and How to Pick", "A Shortlist for Every Budget",
        "Our Shortlist and How to Choose", "Choices Compared, Point by Point", "A Shortlist With Strengths and Limits",
        "Good Choices Compared, and How to Pick", "Options Compared, With Tips for Choosing",
        "A Shortlist, With Tips for Choosing Between Them",
    ),
    "numbered": (
        "{n} Picks", "{n} to Consider", "{n} Worth a Look", "{n} Good Options", "{n} Options Compared",
        "{n} Worth Considering", "{n} Options and How to Choose", "{n} Good Choices and How to Pick",
        "{n} Options Compared, With Tips for Choosing", "{n} Worth Your Time, and How to Choose One",
    ),
    "review": (
        "Verdict", "Worth It?", "Pros and Cons", "An Honest Look", "What to Expect", "Worth the Money?",
        "Strengths, Limits and Price", "What Is Good and What Is Not", "Strengths, Weak Points and Verdict",
        "What to Expect, What to Pay, What to Skip", "Strengths, Weak Points and Better Alternatives",
    ),
    "timing": (
        "Timing", "When and Why", "Timing Made Easy", "The Right Moment", "The Right Time and Why",
        "Timing, Signs and Exceptions", "The Right Moment and How to Tell", "Timing by Season, Signs and Exceptions",
        "The Right Time, the Signs and What to Avoid", "The Best Time, the Warning Signs and the Exceptions",
    ),
    "yesno": (
        "FAQ", "Yes or No", "The Answer", "The Short Answer", "The Answer and Why", "What the Facts Say",
        "The Answer, and How to Tell", "The Short Answer and the Reasons", "The Answer, the Exceptions and the Risks",
        "The Short Answer, the Reasons and the Exceptions",
    ),
    "questions": (
        "FAQ", "Answers", "The Answer", "Clear Answers", "The Answer and Why", "Clear, Short Answers",
        "The Answer in Plain Words", "A Clear Answer With Examples", "A Clear Answer, Reasons and Exceptions",
        "The Short Answer, the Reasons and What to Do", "The Answer in Brief, the Details and Common Mistakes",
    ),
    "glossary": (
        "Defined", "Meaning", "Explained", "Meaning and Uses", "A Clear Definition", "Meaning, Uses and Examples",
        "Explained in Plain Words", "Definition, Uses and Examples", "A Plain Explanation With Examples",
        "What It Means, How It Works, When to Use It", "A Plain Definition, Examples and Common Mix-Ups",
    ),
    "local": (
        "Costs", "How to Choose", "What to Expect", "How to Choose Well", "Costs and How to Choose",
        "What to Ask and What to Pay", "How to Compare Quotes and Prices", "How to Choose, What to Ask, What to Pay",
        "What to Expect, What to Ask and What to Pay",
    ),
    "local-goods": (
        "Where to Look", "Where to Buy", "Where to Buy and When", "Where to Buy, What to Check",
        "Where to Find Good Ones", "Where to Look and What to Check", "Where to Buy and What to Look For",
        "Where to Look, What to Check, What to Pay",
    ),
}
